import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { EXIT, hasCommand, runStep, SetupError } from './step.mjs'

/**
 * A Debian package, and by what one sees that it is there: a command on the PATH, a file, or, when
 * neither is named, dpkg's own word.
 * @typedef {{ package: string, command?: string, file?: string }} NeededPackage
 */

const APT_LISTS = '/var/lib/apt/lists'
const APT_OPTIONS = ['-q', '-o', 'DPkg::Lock::Timeout=600']
const APT_ENV = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

/**
 * Sees to it that Debian packages are installed: installs them as root, and otherwise fails with the
 * one command that does.
 * @param {NeededPackage[]} needed
 */
export function needPackages(needed) {
  const missing = missingPackages(needed)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    throw new SetupError(
      `missing Debian packages: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
      EXIT.notInstalled,
    )
  }
  install(missing)
}

/**
 * @param {NeededPackage[]} needed
 * @returns {string[]} package names, each once
 */
export function missingPackages(needed) {
  const missing = needed.filter((item) => !isThere(item)).map((item) => item.package)
  return [...new Set(missing)]
}

/** @param {NeededPackage} item */
function isThere(item) {
  if (item.command !== undefined) return hasCommand(item.command)
  if (item.file !== undefined) return existsSync(item.file)
  const { stdout } = spawnSync('dpkg', ['--status', item.package], { encoding: 'utf8' })
  return /^Status: .* installed$/m.test(stdout ?? '')
}

/** @param {string[]} packages */
function install(packages) {
  if (!hasPackageLists()) updateLists()
  try {
    installNow(packages)
  } catch {
    // Old lists name versions that the archive has replaced since; only the failure shows it.
    updateLists()
    installNow(packages)
  }
}

/** @param {string[]} packages */
function installNow(packages) {
  runStep(
    `installing ${packages.join(' ')}`,
    'apt-get',
    ['install', '--yes', '--no-install-recommends', ...APT_OPTIONS, ...packages],
    { env: APT_ENV, remedy: 'apt-get says why above', exitCode: EXIT.notInstalled },
  )
}

function updateLists() {
  runStep('reading the Debian package lists', 'apt-get', ['update', ...APT_OPTIONS], {
    env: APT_ENV,
    remedy: 'check the network and /etc/apt/sources.list',
    exitCode: EXIT.notInstalled,
  })
}

function hasPackageLists() {
  return existsSync(APT_LISTS) && readdirSync(APT_LISTS).some((name) => name.includes('_Packages'))
}
