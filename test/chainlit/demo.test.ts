import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ChainlitDemo, startChainlitDemo } from '../../demo/chainlit/demo.js'
import { ensureChainlit } from '../../scripts/chainlit.js'
import { openStage, type Stage, say } from './demo-stage.js'

const jwt = /eyJ[\w-]{10,}\.[\w-]{10,}/

let python: string
let demo: ChainlitDemo
beforeAll(async () => {
  python = await ensureChainlit()
})

describe('the demo', () => {
  let stage: Stage

  beforeEach(async () => {
    demo = await startChainlitDemo({ python })
    stage = await openStage(demo.url)
  })

  afterEach(async () => {
    await stage.close()
    await demo.close()
  })

  it('brings the same person through both doors of each Chainlit', async () => {
    for (const column of [stage.twodoor, stage.stock]) {
      const browser = await column.openBrowser()
      await column.verdict('the same person')
      for (const door of [browser, column.teams]) expect(await say(door, 'hello')).toContain('said: hello')
      await column.lines('chat message').nth(1).waitFor()
      await column.part('open').filter({ hasText: 'Show its window' }).waitFor()
    }
    for (const door of ['browser', 'teams'] as const)
      expect(await stage.twodoor.keyIn(door)).toMatch(/^entra:[\w-]{36}:[\w-]{36}$/)
  })

  it('asks Microsoft Graph on behalf of the user of each door', async () => {
    const { twodoor } = stage
    for (const door of [await twodoor.openBrowser(), twodoor.teams])
      await say(door, 'Who am I?', 'Adele Vance, adele@contoso.example, says Microsoft Graph.')
  })

  it('goes on with the conversations after "expire and drop" with twodoor alone', async () => {
    const { stock, twodoor } = stage
    const doors = {
      twodoor: [await twodoor.openBrowser(), twodoor.teams],
      stock: [await stock.openBrowser(), stock.teams],
    }
    for (const door of [...doors.twodoor, ...doors.stock]) await say(door, 'before')
    const loads = await twodoor.lines('load no.').count()
    await stage.press('expire')
    for (const door of doors.stock) await door.getByText('Could not reach the server').waitFor()
    for (const door of doors.twodoor) {
      expect(await say(door, 'after')).toContain('said: after')
      await door.getByText('said: before').waitFor()
    }
    expect(await twodoor.lines('the same conversation').count()).toBe(2)
    expect(await twodoor.lines('load no.').count()).toBe(loads)
    await twodoor.verdict('the same person')
  })

  it('goes on with the threads after a restart of every server with twodoor alone', async () => {
    const { stock, twodoor } = stage
    const doors = [await twodoor.openBrowser(), twodoor.teams]
    for (const door of [...doors, stock.teams]) await say(door, 'before')
    const exchanges = await twodoor.lines('POST /auth/header').count()
    const loads = await twodoor.lines('load no.').count()
    await stage.press('restart')
    for (const door of doors) {
      expect(await say(door, 'after')).toContain('said: after')
      await door.getByText('said: before').waitFor()
    }
    expect(await twodoor.lines('POST /auth/header').count()).toBe(exchanges)
    expect(await twodoor.lines('load no.').count()).toBe(loads)
    await twodoor.verdict('the same person')
  })

  it('says what is wrong where cookies are blocked, while without twodoor the page loads again and again', async () => {
    const { stock, twodoor } = stage
    await twodoor.teams.getByText('Hello, ').waitFor()
    const exchanges = await twodoor.lines('POST /auth/header').count()
    await stage.press('block')
    const panel = twodoor.teams.getByRole('alertdialog')
    await panel.getByText('This browser does not keep the sign-in inside Teams.').waitFor()
    await stock.lines('page /login load no. 12').waitFor()
    expect(await twodoor.lines('POST /auth/header').count()).toBe(exchanges + 2)
    const link = panel.getByRole('link', { name: 'Open in browser' })
    const [opened] = await Promise.all([stage.context.waitForEvent('page'), link.click()])
    await opened.waitForURL(`${demo.entraUrl}/**`)
    await stage.press('block')
    for (const { teams } of [stock, twodoor]) expect(await say(teams, 'again')).toContain('said: again')
  })

  it('follows the account of Teams with twodoor, and stays with the last one without', async () => {
    const { stock, twodoor } = stage
    for (const { teams } of [stock, twodoor]) await teams.getByText('Hello, Adele Vance.').waitFor()
    await stage.press('switch')
    await twodoor.teams.getByText('Hello, Alex Wilber.').waitFor()
    await stock.lines('a new conversation').nth(1).waitFor()
    await stock.teams.getByText('Hello, Adele Vance.').waitFor()
    await stage.page.frameLocator('.stock [data-part=frame]').getByText('Alex Wilber').waitFor()
  })

  it('gives Teams the theme that is chosen, and Chainlit follows without a page load', async () => {
    const { teams, lines } = stage.twodoor
    await teams.getByText('Hello, ').waitFor()
    for (const [choice, shown] of [
      ['dark', 'dark'],
      ['default', 'light'],
    ]) {
      await stage.page.locator(`[data-theme-choice=${choice}]`).click()
      await teams.locator(`html.${shown}`).waitFor({ state: 'attached' })
    }
    expect(await lines('load no.').count()).toBe(1)
  })

  it('shows a token in no URL and no line of the log', async () => {
    const { stock, twodoor } = stage
    await twodoor.openBrowser()
    await stock.openBrowser()
    await stage.press('expire')
    await twodoor.lines('the same conversation').nth(1).waitFor()
    for (const { part } of [stock, twodoor]) expect(await part('chainlit').innerHTML()).not.toMatch(jwt)
    expect(stage.urls.length).toBeGreaterThan(50)
    for (const url of stage.urls) expect(url).not.toMatch(jwt)
  })
})

describe('the demo, in a browser that blocks third-party cookies', () => {
  it('says so, and twodoor gets into Teams without them', async () => {
    demo = await startChainlitDemo({ python })
    const { close, page, stock, twodoor } = await openStage(demo.url, 'blocked')
    try {
      await page.frameLocator('.stock [data-part=frame]').getByText('keeps cookies and storage from frames').waitFor()
      expect(await say(twodoor.teams, 'hello')).toContain('said: hello')
      await twodoor.verdict('in, through Teams')
      await stock.verdict('nobody got in')
    } finally {
      await close()
      await demo.close()
    }
  })
})

describe('the demo, as somebody opens it', () => {
  it('tells its story by itself: both get in, and one of them stays', async () => {
    demo = await startChainlitDemo({ python })
    const { close, stock, twodoor } = await openStage(demo.url, 'allowed', '')
    try {
      for (const each of [stock, twodoor]) await each.verdict('in, through Teams')
      await stock.verdict('thrown out')
      await twodoor.lines('the same conversation').waitFor()
      await twodoor.verdict('in, through Teams')
      expect(await say(twodoor.teams, 'still here')).toContain('said: still here')
      await twodoor.lines('sessions are invalid').waitFor()
      expect(await twodoor.lines('sessions are invalid').count()).toBe(1)
    } finally {
      await close()
      await demo.close()
    }
  })
})
