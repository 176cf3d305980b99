// Evaluates scripts that no page has seen yet.

let serial = 0

/** Milliseconds to compile and run a script in a window of its own. */
function timeScript(source: string): number {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const { contentDocument } = frame
  if (!contentDocument) throw new Error('The frame has no document.')
  const script = contentDocument.createElement('script')
  script.textContent = `/* ${++serial} */${source}` // V8 would remember the same text
  const start = performance.now()
  contentDocument.body.append(script)
  const duration = performance.now() - start
  frame.remove()
  return duration
}

declare global {
  interface Window {
    timeScript: typeof timeScript
  }
}

window.timeScript = timeScript
