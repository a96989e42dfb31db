/** Parsers of single values. Each returns undefined for a value that is not valid. */

export function parseText(raw: string): string | undefined {
  return raw.trim() || undefined;
}

/** Returns an http(s) URL without trailing slashes. */
export function parseUrl(raw: string): string | undefined {
  const url = URL.canParse(raw.trim()) ? new URL(raw.trim()) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined;
  return raw.trim().replace(/\/+$/, '');
}

const units: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** Parses a size such as `2GB`, in bytes, or `off`. */
export function parseSize(raw: string): number | 'off' | undefined {
  const text = raw.trim().toLowerCase();
  if (text === '0' || switches[text] === false) return 'off';
  const [, number, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?) ?([kmg]i?b)$/.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (units[unit] ?? Number.NaN));
  return bytes > 0 ? bytes : undefined;
}

/** Returns a parser of whole numbers from `min` to `max`. */
export function wholeNumberParser(min: number, max: number): (raw: string) => number | undefined {
  return (raw) => {
    const value = /^\d{1,9}$/.test(raw.trim()) ? Number(raw) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  yes: true,
  '1': true,
  off: false,
  false: false,
  no: false,
  '0': false,
};

export function parseSwitch(raw: string): boolean | undefined {
  return switches[raw.trim().toLowerCase()];
}

/** Parses a switch that can also leave the decision to awspip. */
export function parseAutoSwitch(raw: string): 'auto' | 'on' | 'off' | undefined {
  if (raw.trim().toLowerCase() === 'auto') return 'auto';
  const isOn = parseSwitch(raw);
  return isOn === undefined ? undefined : isOn ? 'on' : 'off';
}

/** Parses the setting `stack`. `embedded` is an alias of `local`, its former name. */
export function parseStack(raw: string): 'aws' | 'local' | undefined {
  if (raw === 'embedded') return 'local';
  return raw === 'aws' || raw === 'local' ? raw : undefined;
}
