import type { TrafficReport } from '../status/node-dump.ts'
import { countOfText, durationOfText, durationText } from './values.ts'

/** The eight values of a traffic report in their order, which is all that tells them apart in SELFSTATUS. */
export function trafficTexts(traffic: TrafficReport): readonly string[] {
  const { sent, received, bytes, bytesMin, bytesMax, time, timeMin, timeMax } = traffic
  return [...[sent, received, bytes, bytesMin, bytesMax].map(String), ...[time, timeMin, timeMax].map(durationText)]
}

/** @param texts as {@link trafficTexts} gives them; a unit may follow the number */
export function trafficFrom(texts: readonly string[]): TrafficReport {
  const count = (at: number) => countOfText((texts[at] ?? '').replace(/ (?:count|bytes)$/, ''))
  const duration = (at: number) => durationOfText(texts[at] ?? '')
  return {
    sent: count(0),
    received: count(1),
    bytes: count(2),
    bytesMin: count(3),
    bytesMax: count(4),
    time: duration(5),
    timeMin: duration(6),
    timeMax: duration(7),
  }
}
