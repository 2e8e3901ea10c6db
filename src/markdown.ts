const width = 118

/** Words in lines of at most 118 characters, as the pages of docs/ have them, after an indent each. */
export function wrapped(text: string, { first = '', rest = '' } = {}): string {
  const lines: string[] = []
  let line = first
  for (const word of text.split(' ')) {
    const isStart = line === (lines.length === 0 ? first : rest)
    if (!isStart && line.length + 1 + word.length > width) {
      lines.push(line)
      line = rest + word
    } else {
      line += isStart ? word : ` ${word}`
    }
  }
  return [...lines, line].join('\n')
}
