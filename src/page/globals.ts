/**
 * What a script or the host has put on the window under this name.
 *
 * A named element (`<a id="nativeInterface">`, an iframe, a form) can be read there too, but is never a property of the
 * window's own (HTML, "Named access on the Window object"). Markup must not be taken for a library, nor for a host.
 */
export function globalOf<T = unknown>(window: Window, name: string): T | undefined {
  return Object.hasOwn(window, name) ? (window as never)[name] : undefined
}
