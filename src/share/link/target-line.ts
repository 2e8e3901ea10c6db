/** The longest name of a target (`checkTargetName`), and what may come with it. */
const lineMax = 64

/** The first that a link of a target brings: whose frames follow. */
export function targetLine(name: string): Buffer {
  return Buffer.from(`${name}\n`)
}

/**
 * The name in the first bytes of a link, and how long they are; 'more' while they are not all there. Undefined where it
 * cannot be one: what has no end there has none at all.
 */
export function readTargetLine(
  bytes: Buffer,
): { readonly name: string; readonly size: number } | 'more' | undefined {
  const end = bytes.subarray(0, lineMax).indexOf('\n')
  if (end < 0) return bytes.length < lineMax ? 'more' : undefined
  return { name: bytes.toString('latin1', 0, end), size: end + 1 }
}
