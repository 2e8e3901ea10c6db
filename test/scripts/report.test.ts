import { describe, expect, test } from 'vitest'
import { closingLine, isGood, labLine, labResult } from '../../scripts/lib/report.mjs'

const file = (name: string, status: string, ...tests: string[]) => ({
  name: `/checkout/test/${name}`,
  status,
  assertionResults: tests.map((status) => ({ status })),
})

const wholeLab = { scenarios: 2, skipped: 0, kernels: ['6.1.0-30-amd64'] }

describe('the closing line', () => {
  test('counts tests, and not those that were skipped', () => {
    const testResults = [
      file('a.test.ts', 'passed', 'passed', 'passed', 'skipped', 'todo'),
      file('b.test.ts', 'failed', 'passed', 'failed'),
    ]
    expect(closingLine({ testResults })).toBe('3 passed, 1 failed')
  })

  test('counts a file that could not be loaded as failed', () => {
    expect(closingLine({ testResults: [file('a.test.ts', 'failed')] })).toBe('0 passed, 1 failed')
  })

  test('counts a file whose hook failed after its tests passed as failed', () => {
    const testResults = [file('a.test.ts', 'failed', 'passed')]
    expect(closingLine({ testResults })).toBe('1 passed, 1 failed')
  })

  test('counts a run without a report as one failure', () => {
    expect(closingLine(undefined)).toBe('0 passed, 1 failed')
  })
})

describe('the lab line', () => {
  test('says what the lab wrote down', () => {
    const results = [
      { scenarios: 5, skipped: 0, kernels: ['6.1.0-30-amd64'] },
      { scenarios: 7, skipped: 0, kernels: ['6.12.9-amd64', '6.1.0-30-amd64'] },
    ]
    expect(labLine(labResult(undefined, results))).toBe(
      'lab: 12 scenarios ran on Linux 6.1.0-30-amd64, 6.12.9-amd64, 0 skipped',
    )
  })

  test('falls back to the lab tests that the runner saw', () => {
    const testResults = [
      file('lab/boot.test.ts', 'passed', 'passed', 'skipped'),
      file('log.test.ts', 'passed', 'passed'),
    ]
    expect(labLine(labResult({ testResults }, []))).toBe('lab: 1 scenarios ran, 1 skipped')
  })
})

describe('a run is good', () => {
  const good = { testResults: [file('a.test.ts', 'passed', 'passed')] }

  test('when tests ran and all passed', () => {
    expect(isGood(good, wholeLab)).toBe(true)
  })

  test.each([
    ['no report was written', undefined, wholeLab],
    ['no test ran', { testResults: [] }, wholeLab],
    ['a test failed', { testResults: [file('a.test.ts', 'failed', 'failed')] }, wholeLab],
    ['a lab scenario was skipped', good, { ...wholeLab, skipped: 1 }],
    ['no lab scenario ran', good, { ...wholeLab, scenarios: 0 }],
  ])('but not when %s', (_, report, lab) => {
    expect(isGood(report, lab)).toBe(false)
  })
})
