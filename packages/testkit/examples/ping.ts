import { type Core, type NodeName, nodeName } from '@ring/platform'
import { type NodeEnvironment, World } from '@ring/testkit'

type PingEvent = { type: 'tick' } | { type: 'message'; text: string }
type PingEffect = { type: 'send'; text: string } | { type: 'measured'; roundTripMs: number }

/** The core under test: no clock, no network, no chance. */
class PingCore implements Core<PingEvent, PingEffect> {
  #sentMs = 0

  step(event: PingEvent, nowMs: number): PingEffect[] {
    if (event.type === 'tick') {
      this.#sentMs = nowMs
      return [{ type: 'send', text: 'ping' }]
    }
    if (event.text === 'ping') return [{ type: 'send', text: 'pong' }]
    return [{ type: 'measured', roundTripMs: nowMs - this.#sentMs }]
  }
}

/** The shell: drives the core over the platform's interfaces. The real one would look the same. */
function ping(environment: NodeEnvironment, other: NodeName, measured: number[]) {
  const core = new PingCore()
  const network = environment.network({
    onMessage: (_from, message) => {
      drive({ type: 'message', text: new TextDecoder().decode(message) })
    },
    onLinkUp: () => undefined,
    onLinkDown: () => undefined,
  })
  const drive = (event: PingEvent): void => {
    for (const effect of core.step(event, environment.clock.monotonicMs())) {
      if (effect.type === 'send') network.send(other, new TextEncoder().encode(effect.text))
      else measured.push(effect.roundTripMs)
    }
  }
  environment.clock.after(10, () => {
    drive({ type: 'tick' })
  })
  return {}
}

export function runPingExample(seed: number): number[] {
  const world = new World({ seed })
  const measured: number[] = []
  world.addNode(nodeName('a'), (environment) => ping(environment, nodeName('b'), measured))
  world.addNode(nodeName('b'), (environment) => ping(environment, nodeName('a'), []))
  world.run(() => measured.length > 0)
  return measured
}

export const lastRoundTripMs = (measured: number[]): number => measured.at(-1) ?? 0
