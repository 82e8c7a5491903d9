import { Status } from '../frames/status.ts'

/** What a relay passed on, refused and dropped since it began. Every refusal and every drop is in here. */
export interface RelayCounters {
  /** Requests and one-way messages passed on, fan-outs by their members. */
  requests: number
  /** Answers passed back, acknowledgements one by one. */
  answers: number
  bytesIn: number
  /** Answers whose slot or generation is over (K1): dropped. */
  staleAnswers: number
  /** Chunks and cancellations of exchanges that are over: dropped. */
  staleFrames: number
  /** Answers whose asker has gone: dropped. */
  answersWithoutAsker: number
  /** Links closed because the peer broke a bound or a rule. */
  violations: number
  /** Data links given up because they fell silent. */
  silentLinks: number
  /** Frames that waited for a newer routing, for a move of data to end, or for delivery to be resumed (D3, D5, M3). */
  held: number
  /** Exchanges the relay gave up because nobody answered in time. */
  expired: number
  /** Requests answered by this relay, by reason. */
  refused: RefusedCounters
}

export interface RefusedCounters {
  noServer: number
  queueFull: number
  noProgram: number
  moved: number
  overdue: number
  cancelled: number
  noLink: number
  tooLarge: number
  closing: number
  noQuorum: number
  noService: number
  unknownServer: number
  oldVersion: number
  linkLost: number
  programLost: number
}

export function noCounts(): RelayCounters {
  return {
    requests: 0,
    answers: 0,
    bytesIn: 0,
    staleAnswers: 0,
    staleFrames: 0,
    answersWithoutAsker: 0,
    violations: 0,
    silentLinks: 0,
    held: 0,
    expired: 0,
    refused: {
      noServer: 0,
      queueFull: 0,
      noProgram: 0,
      moved: 0,
      overdue: 0,
      cancelled: 0,
      noLink: 0,
      tooLarge: 0,
      closing: 0,
      noQuorum: 0,
      noService: 0,
      unknownServer: 0,
      oldVersion: 0,
      linkLost: 0,
      programLost: 0,
    },
  }
}

/** Counts an answer the relay gave by itself. */
export function countRefusal(refused: RefusedCounters, status: number): void {
  switch (status) {
    case Status.noServer:
      refused.noServer++
      break
    case Status.queueFull:
      refused.queueFull++
      break
    case Status.noProgram:
      refused.noProgram++
      break
    case Status.moved:
      refused.moved++
      break
    case Status.overdue:
    case Status.overdueRunning:
      refused.overdue++
      break
    case Status.cancelled:
      refused.cancelled++
      break
    case Status.noLink:
      refused.noLink++
      break
    case Status.tooLarge:
      refused.tooLarge++
      break
    case Status.noQuorum:
      refused.noQuorum++
      break
    case Status.noService:
      refused.noService++
      break
    case Status.unknownServer:
      refused.unknownServer++
      break
    case Status.oldVersion:
      refused.oldVersion++
      break
    case Status.linkLost:
      refused.linkLost++
      break
    case Status.programLost:
      refused.programLost++
      break
    default:
      refused.closing++
  }
}
