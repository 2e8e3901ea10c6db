/** The declarations of toml-eslint-parser name eslint for a part that is not used here; this stands for it. */
declare module 'eslint' {
  export namespace SourceCode {
    type VisitorKeys = Readonly<Record<string, readonly string[]>>
  }
}
