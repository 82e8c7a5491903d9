import { writeWord } from '../frames/gate-frames.ts'
import type { RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'
import { verdictOf } from './waiting/verdict.ts'

/** A program asks whether it may still start handlers. */
export function answerQuestion(state: RelayState, port: RelayPort, question: number): void {
  if (!port.asks) {
    state.violation(port, 'a question by somebody who did not say that it asks')
    return
  }
  port.question = question
  tellWord(state, port)
}

/** The answer has changed. */
export function tellWords(state: RelayState): void {
  for (const port of state.ports) if (port.asks) tellWord(state, port)
}

function tellWord(state: RelayState, port: RelayPort): void {
  writeWord(port.link, port.question, verdictOf(state.gate.ofAccepted))
}
