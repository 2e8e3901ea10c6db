/** Breaks text into lines at spaces; a word that is too long for a line is cut. Every character is one wide. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((word) => pieces(word, width))) {
    if (line === '') line = word
    else if (line.length + 1 + word.length <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  return line === '' ? lines : [...lines, line]
}

function pieces(word: string, width: number): string[] {
  const count = Math.max(1, Math.ceil(word.length / width))
  return Array.from({ length: count }, (_, index) => word.slice(index * width, (index + 1) * width))
}

export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}
