import type { Clock, Link, LinkHandler } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { staticRouting } from '../bench/plain-links.ts'
import { DataLinks, type DialEvents } from './data-links.ts'

/** A clock that is moved by hand. */
class HandClock implements Clock {
  now = 0
  #timers: { readonly at: number; readonly run: () => void }[] = []
  monotonicMs = () => this.now
  wallMs = () => this.now
  after(delayMs: number, run: () => void) {
    const timer = { at: this.now + delayMs, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer)
      },
    }
  }
  pass(ms: number): void {
    this.now += ms
    const due = this.#timers.filter(({ at }) => at <= this.now)
    this.#timers = this.#timers.filter(({ at }) => at > this.now)
    for (const { run } of due) run()
  }
}

const link: Link = {
  isOpen: true,
  queuedBytes: 0,
  write: () => undefined,
  close: () => undefined,
  destroy: () => undefined,
}
const handler: LinkHandler = { onFrames: () => undefined, onDrain: () => undefined, onClosed: () => undefined }
const routing = staticRouting([
  { name: 'self', address: '' },
  { name: 'one', address: '' },
  { name: 'other', address: '' },
])

function dialling() {
  const clock = new HandClock()
  const heard: string[] = []
  const dials = new Map<string, DialEvents>()
  const dialer = {
    open: (server: { readonly name: string }, events: DialEvents) => {
      dials.set(server.name, events)
      return { cancel: () => undefined }
    },
  }
  const links = new DataLinks(
    'self',
    { clock, random: { uint32: () => 0 }, dialer, openingMs: 3_000 },
    {
      onOpen: () => handler,
      onOpening: ({ name }) => heard.push(`opening ${name}`),
      onSettled: ({ name }) => heard.push(`settled ${name}`),
      onFailed: () => undefined,
      onLeft: () => false,
    },
  )
  links.setRouting(routing)
  return { clock, heard, dials, links }
}

describe('DataLinks', () => {
  it('are settled when each server is linked, and stay so when a link is dialled anew', () => {
    const { clock, heard, dials, links } = dialling()
    expect([heard, links.areSettled]).toEqual([['opening one', 'opening other'], false])
    const opened = dials.get('one')!.onOpen(link)
    expect(links.areSettled).toBe(false)
    dials.get('other')!.onOpen(link)
    expect([heard.slice(2), links.areSettled]).toEqual([['settled one', 'settled other'], true])
    opened.onClosed(link, { kind: 'lost' })
    expect(links.areSettled).toBe(true)
    clock.pass(100)
    dials.get('one')!.onFailed(new Error('refused'))
    expect([heard.length, links.areSettled]).toEqual([4, true])
  })

  it('do not wait for a server that refuses, nor for ever for one that is silent', () => {
    const { clock, heard, dials, links } = dialling()
    dials.get('one')!.onOpen(link)
    for (let dial = 0; dial < 3; dial++) {
      expect(links.areSettled).toBe(false)
      dials.get('other')!.onFailed(new Error('refused'))
      clock.pass(500)
    }
    expect([heard.at(-1), links.areSettled]).toEqual(['settled other', true])
    const silent = dialling()
    silent.dials.get('one')!.onOpen(link)
    silent.clock.pass(2_999)
    expect(silent.links.areSettled).toBe(false)
    silent.clock.pass(1)
    expect([silent.heard.at(-1), silent.links.areSettled]).toEqual(['settled other', true])
  })

  it('a server that leaves is not waited for', () => {
    const { dials, heard, links } = dialling()
    dials.get('one')!.onOpen(link)
    links.setRouting(
      staticRouting(
        [
          { name: 'self', address: '' },
          { name: 'one', address: '' },
        ],
        { version: 2 },
      ),
    )
    expect([heard.at(-1), links.areSettled]).toEqual(['settled other', true])
  })
})
