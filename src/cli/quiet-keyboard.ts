const ctrlC = 0x03

/**
 * Keeps what is typed while devices are being tried off the screen and out of the shell that comes after:
 * the terminal stops echoing, and what it sends is dropped. Ctrl+C still ends the program. Does nothing where
 * standard input is not a terminal. Returns what undoes it.
 */
export function quietKeyboard(stdin: NodeJS.ReadStream = process.stdin): () => void {
  if (!stdin.isTTY) return () => {}
  const take = (bytes: Buffer) => {
    if (bytes.includes(ctrlC)) process.kill(process.pid, 'SIGINT')
  }
  // A terminal that has gone away takes the program with it by SIGHUP.
  const ignore = () => {}
  stdin.on('error', ignore)
  stdin.setRawMode(true)
  stdin.on('data', take)
  // A question that was asked before has paused it.
  stdin.resume()
  return () => {
    stdin.off('data', take)
    stdin.setRawMode(false)
    stdin.pause()
    stdin.off('error', ignore)
  }
}
