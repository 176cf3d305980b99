// Pages in a project that has the package installed, as Vite builds them for development: only then does React run every effect
// twice.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Rolldown } from 'vite'
import { type AppSite, html } from '../e2e/doors.js'

/**
 * @param pages - the script of each page, by its name: `index` is at every address that is no file
 * @param modules - what they import, by path
 */
export async function buildSite(
  project: string,
  pages: Readonly<Record<string, string>>,
  modules: Readonly<Record<string, string>> = {},
): Promise<AppSite> {
  for (const [name, code] of Object.entries(pages)) {
    const script = `<script type="module" src="/${name}.jsx"></script>`
    await writeFile(join(project, `${name}.html`), `<!doctype html><title>App</title><body>${script}`)
    await writeFile(join(project, `${name}.jsx`), code)
  }
  for (const [path, code] of Object.entries(modules)) await writeFile(join(project, path), code)
  const built = await build({
    root: project,
    configFile: false,
    logLevel: 'error',
    mode: 'development',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input: Object.keys(pages).map((name) => join(project, `${name}.html`)) },
    },
  })
  const { output } = built as Rolldown.RolldownOutput
  const files = new Map(output.map((file) => [`/${file.fileName}`, file]))
  return ({ pathname }) => {
    const file = files.get(pathname) ?? files.get('/index.html')
    if (file?.type === 'chunk') return new Response(file.code, { headers: { 'content-type': 'text/javascript' } })
    return html(`${file?.source}`)
  }
}
