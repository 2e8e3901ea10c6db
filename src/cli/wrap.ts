import { clip, columns } from '../devices/sanitize.ts'

/** Text in lines of at most `width` columns, those after the first indented; a longer word is cut. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    const start = lines.length === 0 ? '' : indent
    if (line !== '' && columns(start + longer) > width) {
      lines.push(start + line)
      line = word
    } else {
      line = longer
    }
  }
  lines.push((lines.length === 0 ? '' : indent) + line)
  return lines.map((each) => clip(each, width))
}
