/** Lines around a change. */
const context = 3
/** Beyond this many lines on both sides the middle is shown as taken out and put in, whole. */
const mostCells = 4_000_000

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/** A unified diff of two texts, lines without their ends; empty for equal texts. */
export function lineDiff(before: string, after: string, name: string): string[] {
  const lines = compare(before.split('\n'), after.split('\n'))
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== ' '),
  )
  const result: string[] = []
  let old = 1
  let fresh = 1
  for (const [index, { sign, text }] of lines.entries()) {
    if (near[index] && !near[index - 1]) {
      if (result.length === 0) result.push(`--- ${name}`, `+++ ${name} with evswitch`)
      const end = near.indexOf(false, index)
      const hunk = lines.slice(index, end < 0 ? lines.length : end)
      const count = (other: '+' | '-') => hunk.filter((line) => line.sign !== other).length
      result.push(`@@ -${old},${count('+')} +${fresh},${count('-')} @@`)
    }
    if (near[index]) result.push(sign + text)
    if (sign !== '+') old++
    if (sign !== '-') fresh++
  }
  return result
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const same = (text: string): Line => ({ sign: ' ', text })
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ]
}

/** By the longest common subsequence. */
function middle(before: readonly string[], after: readonly string[]): Line[] {
  const out = (text: string): Line => ({ sign: '-', text })
  const put = (text: string): Line => ({ sign: '+', text })
  const width = after.length + 1
  if ((before.length + 1) * width > mostCells) return [...before.map(out), ...after.map(put)]
  const lengths = new Uint32Array((before.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const longest =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
      lengths[i * width + j] = longest
    }
  }
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const isSame = i < before.length && j < after.length && before[i] === after[j]
    if (isSame) {
      lines.push({ sign: ' ', text: before[i++] ?? '' })
      j++
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(out(before[i++] ?? ''))
    } else {
      lines.push(put(after[j++] ?? ''))
    }
  }
  return lines
}
