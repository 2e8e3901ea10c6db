import { generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** RSA, since OpenSSL 1.0.2 in Barrier for Windows may ask for nothing else. */
const keyBits = 2048

/**
 * A new key and a certificate that it signed, in one PEM. Nothing of it is looked at but its fingerprint: the name and the
 * time in it mean nothing, and a machine whose clock is wrong at the first start makes as good a one.
 */
export async function makeCertificate(): Promise<string> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: keyBits,
  })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const certificate = selfSigned(privateKey, publicKey).toString('base64')
  const lines = certificate.match(/.{1,64}/g)?.join('\n')
  return `${key}-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

// Tags and identifiers of X.690 (DER), RFC 5280 (the certificate) and RFC 4055 (the signature).
const tags = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  UTF8_STRING: 0x0c,
  SEQUENCE: 0x30,
  SET: 0x31,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VERSION: 0xa0,
} as const
const sha256WithRsa = Buffer.from('300d06092a864886f70d01010b0500', 'hex')
const commonName = Buffer.from('0603550403', 'hex')

function selfSigned(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  const version = element(tags.VERSION, element(tags.INTEGER, Buffer.from([2])))
  // A number between 2^120 and 2^127: positive, and without zeros in front.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)])
  const text = element(tags.UTF8_STRING, Buffer.from('evswitch'))
  const name = sequence(element(tags.SET, sequence(commonName, text)))
  const always = sequence(
    element(tags.UTC_TIME, Buffer.from('000101000000Z')),
    element(tags.GENERALIZED_TIME, Buffer.from('99991231235959Z')),
  )
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const signed = sequence(
    version,
    element(tags.INTEGER, serial),
    sha256WithRsa,
    name,
    always,
    name,
    key,
  )
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', signed, privateKey)])
  return sequence(signed, sha256WithRsa, element(tags.BIT_STRING, signature))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(tags.SEQUENCE, ...parts)
}

/** Tag, length and content; lengths from 128 on have their own length in front. */
function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = [tag, length]
  if (length >= 0x100) head.splice(1, 1, 0x82, length >> 8, length & 0xff)
  else if (length >= 0x80) head.splice(1, 1, 0x81, length)
  return Buffer.concat([Buffer.from(head), content])
}
