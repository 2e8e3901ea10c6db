// Imported before anything else by every script: an old Node must fail with a line that says what
// to do, not on the first newer function it meets.

const OLDEST = [20, 19]

/** @param {string} version such as `20.19.4` */
export function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}

if (!isSupportedNode(process.versions.node)) {
  process.stderr.write(
    `evswitch: needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}, ` +
      'see https://nodejs.org/en/download\n',
  )
  process.exit(5)
}
