import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin } from '../e2e/doors.js'
import { type EngineDoors, openEngineDoors, signIn, statusOf, until } from './doors.js'
import { installedEngines } from './installed.js'

describe.each(installedEngines())('$name', (engine) => {
  let doors: EngineDoors
  beforeAll(async () => {
    doors = await openEngineDoors(engine)
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())
  const log = (...all: unknown[]) => console.log(engine.kind, JSON.stringify(all))
  const posted = () => doors.world.requests.filter(({url}) => url.includes('session')).map(({method,headers}) => [method, headers['x-twodoor-context'], !!headers.cookie, headers['sec-fetch-site']])

  it.each([{}, { trackingPrevention: true }])('framed %o', async (settings) => {
    const { tab, frame } = await doors.openFramed({ settings })
    await statusOf(frame)
    const kept = await frame.evaluate(() => window.app.outcome((app) => app.keep()))
    log(settings, kept, await frame.evaluate(() => window.app.byCookie()), posted())
    log('lax', await frame.evaluate(() => window.app.outcome((app) => { app.session = undefined; return app.keep('/lax-session') })))
    log('frame storage', await frame.evaluate(() => window.app.storage().length), await frame.evaluate(async () => { document.cookie='a=b; Secure; SameSite=None; Partitioned; Path=/'; document.cookie='c=d; Secure; SameSite=None; Path=/'; return [document.cookie, await document.hasStorageAccess()] }))
    const other = await tab.openBeside()
    await other.goto(appOrigin)
    await statusOf(other)
    log('beside', await other.evaluate(() => window.app.byCookie()), await other.cookies(), await other.evaluate(() => document.cookie))
  })
  it.each([{}, { trackingPrevention: true }])('top %o', async (settings) => {
    const tab = await doors.openTab({ settings })
    await signIn(tab, doors.adele)
    log('top', await tab.evaluate(() => window.app.outcome((app) => app.keep())), await tab.evaluate(() => window.app.byCookie()), await tab.cookies(), posted())
  })
  it('storage blocked, top', async () => {
    const tab = await doors.openTab({ settings: { storage: 'blocked' }, })
    log('status', await statusOf(tab), await tab.evaluate(() => window.app.state))
    log('storages', await tab.evaluate(() => ['localStorage', 'sessionStorage', 'indexedDB', 'caches'].map((name) => { try { return name + String((window as any)[name]) } catch (e) { return name + e } })))
    log('cookies', await tab.evaluate(() => { document.cookie='a=b; Secure'; return [document.cookie, navigator.cookieEnabled] }))
    log('signin', await tab.evaluate(() => Promise.race([window.app.outcome((app) => app.auth.signIn()), new Promise((r) => setTimeout(r, 1500))])).catch(String))
    log('at', await tab.evaluate(() => location.href))
    const there = await tab.evaluate(() => document.body.innerText.slice(0, 200))
    log(there)
    if (there.includes('dele')) {
      await tab.click(`button[data-user="${doors.adele.username}"]`)
      await new Promise((r) => setTimeout(r, 3000))
      log('back', await tab.evaluate(() => [location.href, window.app?.state, window.app?.events, window.app?.states]))
      log(doors.entra.requests.map(({endpoint}) => endpoint))
      log('me', await tab.evaluate(() => window.app.outcome((app) => app.me())))
      await tab.reload()
      log('reload', await statusOf(tab), await tab.evaluate(() => window.app.state))
    }
  })
  it('storage blocked, framed', async () => {
    const { frame } = await doors.openFramed({ settings: { storage: 'blocked' }, })
    log('status', await statusOf(frame), await frame.evaluate(() => window.app.state))
    log('me', await frame.evaluate(() => window.app.outcome((app) => app.me())))
    log('keep', await frame.evaluate(() => window.app.outcome((app) => app.keep())))
    log('socket', await frame.evaluate(() => window.app.outcome((app) => app.connect())))
  })
  it('storage blocked, framed, nested', async () => {
    const { frame } = await doors.openFramed({ settings: { storage: 'blocked' }, options: { teams: { method: 'nested' } } })
    log('nested status', await statusOf(frame), await frame.evaluate(() => window.app.state))
    log('me', await frame.evaluate(() => window.app.outcome((app) => app.me())))
  })
})
