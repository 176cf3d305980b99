export interface Question {
  readonly title: string
  readonly text: string
  readonly yes: string
}

/** Asks in a dialog of the host, one question at a time. Escape is a no. */
export async function ask(part: (name: string) => HTMLElement, { title, text, yes }: Question): Promise<boolean> {
  const dialog = part('question') as HTMLDialogElement
  if (dialog.open) return false
  part('question-title').textContent = title
  part('question-text').textContent = text
  part('question-yes').textContent = yes
  dialog.returnValue = 'no'
  dialog.showModal()
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }))
  return dialog.returnValue === 'yes'
}
