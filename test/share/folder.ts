import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of this test, gone at its end. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'evswitch-share-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
