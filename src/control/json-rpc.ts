import { type ErrorCode, EvswitchError } from '../errors.ts'

/** JSON-RPC 2.0 (jsonrpc.org/specification): reading requests, writing answers. */

export const rpcErrors = {
  PARSE: -32700,
  INVALID_REQUEST: -32600,
  NO_SUCH_METHOD: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL: -32603,
  /** An EvswitchError; `data` has its code and what to do about it. */
  REFUSED: -32000,
} as const

export type RequestId = string | number | null

export interface Request {
  /** Undefined for a notification: nobody waits for an answer. */
  readonly id: RequestId | undefined
  readonly method: string
  readonly params: unknown
}

export interface RpcErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: { readonly code: ErrorCode; readonly remedy?: string | undefined }
}

export type Answer =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: RequestId; readonly error: RpcErrorObject }

/** An error with its place in the protocol. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** A request, or an error with the id as far as it could be read. */
export type ReadRequest = Request | { readonly id: RequestId; readonly error: RpcError }

const idLengthMax = 64

export function readRequest(value: unknown): ReadRequest {
  const invalid = (message: string, id: RequestId = null) => ({
    id,
    error: new RpcError(rpcErrors.INVALID_REQUEST, message),
  })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid('a request must be an object')
  }
  const { jsonrpc, id, method, params } = value as Readonly<Record<string, unknown>>
  if (id !== undefined && !isId(id)) {
    return invalid(`id must be a number, null, or a text of at most ${idLengthMax} characters`)
  }
  if (jsonrpc !== '2.0') return invalid('jsonrpc must be "2.0"', id ?? null)
  if (typeof method !== 'string') return invalid('method must be a text', id ?? null)
  return { id, method, params: params ?? {} }
}

function isId(id: unknown): id is RequestId {
  return (
    id === null || typeof id === 'number' || (typeof id === 'string' && id.length <= idLengthMax)
  )
}

export function resultAnswer(id: RequestId, result: unknown): Answer {
  return { jsonrpc: '2.0', id, result }
}

export function errorAnswer(id: RequestId, error: unknown): Answer {
  return { jsonrpc: '2.0', id, error: errorObject(error) }
}

function errorObject(error: unknown): RpcErrorObject {
  if (error instanceof RpcError) return { code: error.code, message: error.message }
  if (error instanceof EvswitchError) {
    const { code, summary, remedy } = error
    return { code: rpcErrors.REFUSED, message: summary, data: { code, remedy } }
  }
  // What it was stands in the log of the service; a client could do nothing with it.
  return { code: rpcErrors.INTERNAL, message: 'internal error' }
}

export function notificationText(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params })
}
