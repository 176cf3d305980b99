// nginx as Debian configures it, with the lines that somebody adds for an app: only where it keeps its files is changed, so
// that it runs beside another one.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../scripts/programs.js'
import { type Program, startProgram } from './program.js'

const DEBIAN = '/etc/nginx/nginx.conf'
const PROXY_LINES = 'include /etc/nginx/proxy_params;'
/** What it writes while it works. */
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** Whether it is installed. */
export const hasNginx = (): boolean => findProgram('nginx') !== undefined

/** Of an app below a path, in several processes. */
export interface TeamSite {
  readonly port: number
  readonly certificate: string
  readonly key: string
  /** The ports of the processes of the app. */
  readonly apps: readonly number[]
  /** The port of Entra ID. */
  readonly entra: number
}

/**
 * @param folder where it may write
 * @param site what would be a file in /etc/nginx/sites-enabled
 * @param port where that listens
 */
export async function startNginx(folder: string, site: string, port: number): Promise<Program> {
  const own = join(folder, 'site.conf')
  const main = join(folder, 'nginx.conf')
  const paths = TEMPORARY.map((name) => `${name}_temp_path ${join(folder, name)};\n`)
  writeFileSync(own, paths.join('') + site)
  writeFileSync(main, mainOf(readFileSync(DEBIAN, 'utf8'), folder, own))
  const program = findProgram('nginx')
  if (!program) throw new Error('There is no nginx.')
  const argv = ['-c', main, '-p', folder, '-e', join(folder, 'error.log'), '-g', 'daemon off;']
  return startProgram(program, argv, port)
}

function mainOf(debian: string, folder: string, site: string): string {
  return debian
    .replace(/^pid .*$/m, `pid ${join(folder, 'nginx.pid')};`)
    .replace(/^error_log .*$/m, `error_log ${join(folder, 'error.log')};`)
    .replace(/access_log .*$/m, 'access_log off;')
    .replace(/include \/etc\/nginx\/sites-enabled\/\*;/, `include ${site};`)
    .replace(/include \/etc\/nginx\/conf\.d\/\*\.conf;/, '')
}

/** Below `/team/` processes take turns; below `/sticky/` all requests of a client go to one, and below its number to that one. */
export function teamSite({ port, certificate, key, apps, entra }: TeamSite): string {
  const servers = apps.map((app) => `server 127.0.0.1:${app};`).join(' ')
  return `
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
upstream team { zone team 64k; ${servers} }
upstream sticky { ip_hash; ${servers} }
${apps.map((app, i) => `upstream app${i} { server 127.0.0.1:${app}; }`).join('\n')}
ssl_certificate ${certificate};
ssl_certificate_key ${key};
server {
  listen 127.0.0.1:${port} ssl http2;
  server_name app.contoso.example;
${['team', 'sticky', ...apps.map((_, i) => `app${i}`)].map(locationsOf).join('\n')}
}
server {
  listen 127.0.0.1:${port} ssl http2;
  server_name login.microsoftonline.com;
  location / { proxy_pass http://127.0.0.1:${entra}; ${PROXY_LINES} }
}
`
}

function locationsOf(name: string): string {
  return `
  location /${name}/ { proxy_pass http://${name}/; ${PROXY_LINES} }
  location /${name}/socket.io/ {
    proxy_pass http://${name}/socket.io/;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    ${PROXY_LINES}
  }`
}
