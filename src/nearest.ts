/**
 * How many insertions, deletions, substitutions and swaps of neighbours turn `a` into `b`, each letter
 * being edited at most once (the "optimal string alignment" form of the Damerau-Levenshtein distance).
 * Works on UTF-16 units; time and memory are the product of the lengths.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** Longer wishes are cut, so that a pasted page cannot make the comparison slow. */
const longestWish = 128

/**
 * The candidate a person most likely meant by `wish`, compared without case, or undefined when none is
 * near: at most a third of the longer text may differ, and at least two letters may.
 */
export function nearest(wish: string, candidates: Iterable<string>): string | undefined {
  const wanted = wish.slice(0, longestWish).toLowerCase()
  if (wanted === '') return undefined
  let found: string | undefined
  let foundDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const text = candidate.slice(0, longestWish).toLowerCase()
    const allowed = Math.max(2, Math.floor(Math.max(wanted.length, text.length) / 3))
    if (Math.abs(wanted.length - text.length) > allowed) continue
    const distance = editDistance(wanted, text)
    const unlike = distance >= Math.max(wanted.length, text.length)
    if (distance <= allowed && distance < foundDistance && !unlike) {
      found = candidate
      foundDistance = distance
    }
  }
  return found
}
