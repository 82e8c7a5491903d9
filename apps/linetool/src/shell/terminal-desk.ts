import { createInterface, emitKeypressEvents, type Interface, type Key } from 'node:readline'
import { styleText } from 'node:util'
import type { Paint, TextView } from '../core/render/view.ts'
import type { Desk, LiveArea } from '../session/command-context.ts'

export interface DeskOptions {
  /** Somebody may be asked: lines come from a terminal, and not from a file. */
  readonly asks: boolean
  readonly noColor: boolean
}

const columnsDefault = 80
const toAnEmptyScreen = '\u001b[H\u001b[2J'
const answerYes = /^\s*y(es)?\s*$/i

/** The terminal of a person; or a pipe, to which nothing but plain lines goes. */
export class TerminalDesk implements Desk {
  readonly #options: DeskOptions
  /** The line editor of a session; it has the keyboard. */
  editor: Interface | undefined

  constructor(options: DeskOptions) {
    this.#options = options
  }

  get isInteractive(): boolean {
    return this.#options.asks && process.stdin.isTTY && process.stderr.isTTY
  }

  print(text: string): void {
    process.stdout.write(text)
  }

  note(text: string): void {
    process.stderr.write(text)
  }

  view(ascii: boolean): TextView {
    const { stdout } = process
    const isScreen = stdout.isTTY
    return {
      columns: isScreen ? stdout.columns || columnsDefault : Number.POSITIVE_INFINITY,
      ascii: ascii || (isScreen && process.env['TERM'] === 'dumb'),
      paint: (style: Paint, text: string) =>
        this.#options.noColor ? text : styleText(style, text, { stream: stdout }),
    }
  }

  async confirm(question: string, signal: AbortSignal): Promise<boolean> {
    const own = this.editor === undefined
    const editor = this.editor ?? createInterface({ input: process.stdin, output: process.stderr })
    try {
      return await new Promise<boolean>((resolve, reject) => {
        const end = () => reject(signal.reason as Error)
        signal.addEventListener('abort', end, { once: true })
        // Who closes the terminal has not said yes.
        editor.once('close', () => resolve(false))
        if (own) editor.once('SIGINT', () => resolve(false))
        editor.question(`${question} [y/N] `, { signal }, (answer) => {
          signal.removeEventListener('abort', end)
          resolve(answerYes.test(answer))
        })
      })
    } finally {
      if (own) editor.close()
    }
  }

  live(): LiveArea {
    if (process.stdout.isTTY && process.env['TERM'] !== 'dumb') return new ScreenArea(this.editor)
    return { show: (text) => this.print(text()), end: () => undefined, enough: new AbortController().signal }
  }

  waiting(text: string): { end(): void } {
    if (!this.isInteractive) return { end: () => undefined }
    let isOver = false
    let spinner: { stop(): unknown } | undefined
    // Read only by those who wait.
    void import('ora').then(({ default: ora }) => {
      const isPlain = this.#options.noColor || Boolean(process.env['NO_COLOR'])
      const colour = isPlain ? ({ color: false } as const) : ({ color: 'cyan' } as const)
      if (!isOver) spinner = ora({ text, stream: process.stderr, discardStdin: false, ...colour }).start()
    })
    return {
      end: () => {
        isOver = true
        spinner?.stop()
      },
    }
  }
}

/** Written over in place, and made anew when the window changes; q and Ctrl-C end it. */
class ScreenArea implements LiveArea {
  readonly #controller = new AbortController()
  readonly #editor: Interface | undefined
  #text: (() => string) | undefined
  #update: { (text: string): void; clear(): void; done(): void } | undefined
  #isOver = false

  constructor(editor: Interface | undefined) {
    this.#editor = editor
    void import('log-update').then(({ createLogUpdate }) => {
      if (this.#isOver) return
      this.#update = createLogUpdate(process.stdout)
      this.#draw()
    })
    process.stdout.on('resize', this.#resized)
    if (!process.stdin.isTTY) return
    emitKeypressEvents(process.stdin)
    process.stdin.on('keypress', this.#pressed)
    if (editor === undefined) {
      process.stdin.setRawMode(true)
      process.stdin.resume()
    }
  }

  get enough(): AbortSignal {
    return this.#controller.signal
  }

  show(text: () => string): void {
    this.#text = text
    this.#draw()
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    process.stdout.off('resize', this.#resized)
    process.stdin.off('keypress', this.#pressed)
    this.#update?.done()
    if (this.#update === undefined && this.#text !== undefined) process.stdout.write(this.#text())
    if (this.#editor !== undefined) {
      // What was pressed meanwhile was not meant for the line.
      this.#editor.write(null, { ctrl: true, name: 'u' })
    } else if (process.stdin.isTTY) {
      process.stdin.setRawMode(false)
      process.stdin.pause()
    }
  }

  #draw(): void {
    if (this.#text !== undefined) this.#update?.(this.#text().trimEnd())
  }

  /** The terminal has broken the lines anew: what stands there is no longer where it was written. */
  readonly #resized = (): void => {
    this.#update?.clear()
    process.stdout.write(toAnEmptyScreen)
    this.#draw()
  }

  readonly #pressed = (letters: string | undefined, key: Key): void => {
    if (letters === 'q' || (key.ctrl === true && key.name === 'c')) this.#controller.abort(new Error('enough'))
  }
}
