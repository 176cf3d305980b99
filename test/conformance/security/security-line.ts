// What a numbered sentence of SECURITY.md is held by: the tests that prove it, and a mistake that makes it untrue.

/** A test, by its file and the title as it is written there; or a case of docs/conformance.md, by its number. */
export type Proof =
  | { readonly file: string; readonly title: string; readonly number?: undefined }
  | { readonly number: string; readonly file?: undefined; readonly title?: undefined }

/** An edit that makes a mistake, or a part of one: `from` stands once in the file, and is replaced by `to`. */
export interface Planted {
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface SecurityLine {
  readonly id: string
  /** The first one is run with the planted mistake, and fails. */
  readonly proofs: readonly [Proof, ...Proof[]]
  /** Several where the sentence is held twice over: one alone changes nothing. */
  readonly planted: readonly Planted[]
}

export function unit(path: string, title: string): Proof {
  return { file: `test/unit/${path}`, title }
}

export function inBrowser(path: string, title: string): Proof {
  return { file: `test/browser/${path}`, title }
}

export function acrossOrigins(path: string, title: string): Proof {
  return { file: `test/e2e/${path}`, title }
}

export function python(path: string, title: string): Proof {
  return { file: `python/tests/${path}`, title }
}

export function cases(...numbers: string[]): Proof[] {
  return numbers.map((number) => ({ number }))
}

export function plant(file: string, from: string, to: string): Planted {
  return { file, from, to }
}

export function line(id: string, planted: Planted | Planted[], ...proofs: Proof[]): SecurityLine {
  return { id, planted: [planted].flat(), proofs: proofs as [Proof, ...Proof[]] }
}
