// What vitest's JSON report says, in the two lines that CI ends with.

/**
 * The parts of vitest's JSON report that are read here.
 * @typedef {{ status: string }} Assertion
 * @typedef {{ name: string, status: string, assertionResults: Assertion[] }} TestFile
 * @typedef {{ testResults: TestFile[] }} Report
 */

/**
 * What the lab leaves behind: how many scenarios ran, how many were skipped, and on which kernels.
 * @typedef {{ scenarios: number, skipped: number, kernels: string[] }} LabResult
 */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {TestFile[]} files
 * @returns {Counts}
 */
export function count(files) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const file of files) {
    const failedBefore = counts.failed
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1
      else if (status === 'failed') counts.failed += 1
      else counts.skipped += 1
    }
    // A file that could not be loaded, or whose hook failed, has no failed test to show for it.
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed += 1
  }
  return counts
}

/**
 * The line that closes a CI run. A run that left no report failed as a whole.
 * @param {Report | undefined} report
 */
export function closingLine(report) {
  const { passed, failed } = report ? count(report.testResults) : { passed: 0, failed: 1 }
  return `${passed} passed, ${failed} failed`
}

/**
 * The lab's own word, that of all its workers, or else what the runner saw of its tests.
 * @param {Report | undefined} report
 * @param {LabResult[]} results
 * @returns {LabResult}
 */
export function labResult(report, results) {
  if (results.length > 0) {
    return {
      scenarios: sum(results.map(({ scenarios }) => scenarios)),
      skipped: sum(results.map(({ skipped }) => skipped)),
      kernels: [...new Set(results.flatMap(({ kernels }) => kernels))],
    }
  }
  const files = report?.testResults.filter((file) => /\/test\/lab\//.test(file.name)) ?? []
  const { passed, failed, skipped } = count(files)
  return { scenarios: passed + failed, skipped, kernels: [] }
}

/** @param {LabResult} result */
export function labLine({ scenarios, skipped, kernels }) {
  const where = kernels.length > 0 ? ` on Linux ${kernels.join(', ')}` : ''
  return `lab: ${scenarios} scenarios ran${where}, ${skipped} skipped`
}

/**
 * A run is good when something passed, nothing failed, and the lab ran whole.
 * @param {Report | undefined} report
 * @param {LabResult} lab
 */
export function isGood(report, lab) {
  if (!report || lab.scenarios === 0 || lab.skipped > 0) return false
  const { passed, failed } = count(report.testResults)
  return passed > 0 && failed === 0
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
