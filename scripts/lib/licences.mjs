// The licences of the packages whose code is a part of dist.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Texts to be kept with copies of the packages' code, in one.
 * @param {string} root
 * @param {{ inputs: Readonly<Record<string, unknown>> }} metafile what esbuild says of a bundle
 */
export function licencesOf(root, metafile) {
  const folders = Object.keys(metafile.inputs).flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  )
  return [...new Set(folders)]
    .sort()
    .map((folder) => licenceOf(join(root, folder)))
    .join('\n\n')
}

/** @param {string} folder */
function licenceOf(folder) {
  /** @type {{ name: string, version: string, license?: string }} */
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
  return `${name} ${version} (${license ?? 'see below'})\n\n${text.trim()}\n`
}
