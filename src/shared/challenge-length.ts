/** What is longer in `WWW-Authenticate` no page reads. No claims challenge of Entra ID's comes near this. */
export const LONGEST_CHALLENGE = 8_192
