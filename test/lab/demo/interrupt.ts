import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const CTRL_C = '\x03'

/** Calls back once when somebody wants the end, with the exit status that tells so. */
export function onInterrupt(end: (exitStatus: number) => void): void {
  for (const signal of signals) {
    process.once(signal, () => end(128 + constants.signals[signal]))
  }
}

/**
 * Keeps what is typed off the screen. Ctrl+C then comes as a character and is made the signal again; q ends
 * the demo too. Call the result to give the keyboard back.
 */
export function takeTerminalInput(): () => void {
  const { stdin } = process
  if (!stdin.isTTY) return () => {}
  const onData = (typed: Buffer) => {
    const text = typed.toString()
    if (text.includes(CTRL_C) || text.includes('q')) process.kill(process.pid, 'SIGINT')
  }
  stdin.setRawMode(true)
  stdin.on('data', onData)
  return () => {
    stdin.off('data', onData)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
