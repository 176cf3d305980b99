import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { linkToRepository } from './links.js'
import { headingAnchor } from './slug.js'

const docs = fileURLToPath(new URL('..', import.meta.url))

/** Name of a page, and its path below docs/ without `.md`. A page that is not there yet is left out. */
type Entry = readonly [text: string, path: string]

const sections: readonly (readonly [title: string, entries: readonly Entry[]])[] = [
  [
    'Start',
    [
      ['Both doors in ten minutes', 'index'],
      ['The local Teams host', 'dev'],
      ['A Teams tab from zero', 'teams-tab'],
      ['The app package', 'manifest'],
      ['The browser', 'browser'],
      ['Examples', 'examples'],
    ],
  ],
  [
    'Your app',
    [
      ['React', 'react'],
      ['Script tag', 'script-tag'],
      ['An MSAL client of yours', 'msal-client'],
      ['Nested app auth', 'nested-app-auth'],
      ['Pop-ups', 'popup'],
      ['Testing', 'testing'],
    ],
  ],
  [
    'Your server',
    [
      ['Your API', 'your-api'],
      ['An API on another origin', 'cors'],
      ['Sockets', 'sockets'],
      ['Cookies', 'cookies'],
      ['Microsoft Graph for your users', 'on-behalf-of'],
      ['Claims challenges', 'claims-challenges'],
      ['The socket protocol', 'socket-protocol'],
    ],
  ],
  [
    'Into production',
    [
      ['Deploy', 'deploy'],
      ['Check what is deployed', 'doctor'],
      ['Verify it against a real tenant', 'verify'],
      ['Security', 'security'],
      ['Sovereign clouds', 'clouds'],
      ['Migration', 'migration'],
    ],
  ],
  [
    'Chainlit',
    [
      ['Chainlit from both doors', 'chainlit'],
      ['Graph, tools and roles', 'chainlit-graph'],
      ['A frontend of your own', 'chainlit-frontend'],
      ['The Teams app', 'chainlit/teams-manifest'],
      ['nginx', 'chainlit/nginx'],
      ['Docker', 'chainlit/docker'],
      ['Azure App Service', 'chainlit/app-service'],
      ['Azure Container Apps', 'chainlit/container-apps'],
      ['Users of before', 'chainlit/migration'],
      ['When it does not work', 'chainlit/troubleshooting'],
    ],
  ],
  [
    'Reference',
    [
      ['Errors of the page', 'errors'],
      ['Refusals of the server', 'refusals'],
      ['twodoor', 'reference/twodoor'],
      ['twodoor/react', 'reference/twodoor-react'],
      ['twodoor/popup', 'reference/twodoor-popup'],
      ['twodoor/server', 'reference/twodoor-server'],
      ['twodoor/testing', 'reference/twodoor-testing'],
      ['twodoor/testing/node', 'reference/twodoor-testing-node'],
    ],
  ],
  [
    'What was measured',
    [
      ['Versions', 'versions'],
      ['Engines', 'engines'],
      ['Measurements', 'measurements'],
      ['Faults', 'faults'],
      ['Conformance', 'conformance'],
      ["Socket.IO's own tests", 'socketio-suites'],
      ['Architecture', 'architecture'],
    ],
  ],
]

function sidebarSection(title: string, entries: readonly Entry[]): DefaultTheme.SidebarItem {
  const written = entries.filter(([, path]) => existsSync(`${docs}${path}.md`))
  return { text: title, items: written.map(([text, path]) => ({ text, link: path === 'index' ? '/' : `/${path}` })) }
}

export default defineConfig({
  title: 'twodoor',
  description: 'One sign-in for a web app that is opened in a browser tab and as a Microsoft Teams tab.',
  lang: 'en',
  markdown: {
    // Colours that everybody can read.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // The anchors of GitHub, where the same pages are read too.
    anchor: { slugify: headingAnchor },
    config: linkToRepository,
  },
  themeConfig: {
    search: { provider: 'local' },
    sidebar: sections.map(([title, entries]) => sidebarSection(title, entries)),
    outline: [2, 3],
    notFound: {
      title: 'There is no such page',
      quote: 'It may have another name now: try the search.',
      linkText: 'To the start',
      linkLabel: 'To the start',
    },
    socialLinks: [{ icon: 'github', link: 'https://github.com/twodoor/twodoor' }],
  },
})
