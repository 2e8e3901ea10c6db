const begin = performance.now()

/** Since the demo was started. */
export function elapsedMs(): number {
  return performance.now() - begin
}
