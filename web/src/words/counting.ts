/** The forms a language has for a counted thing; `other` is always there. */
export type Forms = { readonly [K in Intl.LDMLPluralRule]?: string } & { readonly other: string };

export interface Counting {
  /** The number as the language writes it. */
  readonly num: (n: number) => string;
  /** The form for `n`, with `#` replaced by the number. */
  readonly many: (n: number, forms: Forms) => string;
  /** "a, b and c". */
  readonly list: (items: readonly string[]) => string;
}

export function counting(locale: string): Counting {
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  const lists = new Intl.ListFormat(locale, { style: "long", type: "conjunction" });
  const num = (n: number): string => numbers.format(n);
  return {
    num,
    many: (n, forms) => (forms[rules.select(n)] ?? forms.other).replaceAll("#", num(n)),
    list: (items) => lists.format(items),
  };
}
