export const chainlitNames = ['stock', 'twodoor'] as const
/** The two Chainlits that the stage compares. */
export type ChainlitName = (typeof chainlitNames)[number]

/** What the stage is told in `/config.js`: where the doors of each Chainlit are. */
export type StageConfig = Readonly<Record<ChainlitName, { readonly browser: string; readonly teams: string }>>
