// What a test sees of the drop-in and of Chainlit's login, and what a person does with them.

import type { Frame, Page } from 'playwright'
import type { ChainlitDropIn } from '../../src/chainlit/install.js'

type View = Page | Frame

/** The page that the drop-in shows over Chainlit's. */
export const panelOf = (view: View) => view.locator('#twodoor')

/** Chainlit's own OAuth login. */
export const buttonOf = (view: View) => view.getByRole('button', { name: 'Continue with Microsoft' })

/** What `twodoor.chainlit.patched` lists, or `undefined` where the script has not run. */
export function patchedIn(view: View): Promise<readonly string[] | undefined> {
  return view.evaluate(() => {
    const { twodoor } = window as unknown as { twodoor?: { chainlit: ChainlitDropIn } }
    return twodoor?.chainlit.patched
  })
}

/** Logs out by Chainlit's menu, which has names in the language of the browser. */
export async function logOut(view: View, name = 'Logout'): Promise<void> {
  await view.locator('#user-nav-button').click()
  await view.getByRole('menuitem', { name }).click()
}

/** Whom Chainlit takes the user for. */
export function identityIn(view: View): Promise<unknown> {
  return view.evaluate(async () => {
    const root = document.querySelector('meta[property="og:root_path"]')?.getAttribute('content') ?? ''
    const user = (await (await fetch(`${root}/user`)).json()) as { identifier: unknown }
    return user.identifier
  })
}
