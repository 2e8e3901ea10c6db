import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { EvswitchError } from '../../src/errors.ts'
import { loadLibrary } from '../../src/native/library.ts'

const folder = mkdtempSync(join(tmpdir(), 'evswitch-library-'))

afterAll(() => rmSync(folder, { recursive: true }))

function failure(path: string): EvswitchError {
  try {
    loadLibrary(path)
  } catch (error) {
    if (error instanceof EvswitchError) return error
    throw error
  }
  throw new Error('it was loaded')
}

/** A library that every Node has loaded. */
function mathLibrary(): string | undefined {
  const report = process.report.getReport() as { sharedObjects?: string[] }
  return report.sharedObjects?.find((path) => path.includes('libm.so'))
}

describe('the native library', () => {
  test('that is missing says how to build it', () => {
    const error = failure(join(folder, 'none.so'))
    expect(error.code).toBe('not-installed')
    expect(error.exitCode).toBe(5)
    expect(error.message).toBe(
      `the native library is missing: ${folder}/none.so\nbuild it: npm run build`,
    )
  })

  test('that is no library at all says so', () => {
    const path = join(folder, 'text.so')
    writeFileSync(path, 'not a library')
    const error = failure(path)
    expect(error.code).toBe('not-installed')
    expect(error.message).toContain(`cannot load the native library ${path}`)
    expect(error.remedy).toBe('build it for this machine: npm run build')
  })

  test("that is somebody else's is not taken", () => {
    const error = failure(mathLibrary() ?? '')
    expect(error.code).toBe('not-installed')
    expect(error.message).toContain('is not the library of evswitch')
  })
})
