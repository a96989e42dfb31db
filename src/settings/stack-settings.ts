import { AwspipError } from '../errors.ts';
import { type Setting, settings } from './table.ts';

/**
 * Parses the settings that a deployed stack stores for its users, as a JSON object with the keys of the settings files.
 * `ignored` lists the keys that are unknown (of a newer awspip), secret, or reserved for the user.
 *
 * @throws {AwspipError} `stack-settings-invalid` (78).
 */
export function parseStackSettings(
  parameter: string,
  text: string,
): { readonly values: Readonly<Record<string, string>>; readonly ignored: readonly string[] } {
  const settingsByKey = new Map(
    (Object.values(settings) as Setting<unknown>[]).map((setting) => [setting.key, setting]),
  );
  const values: Record<string, string> = {};
  const ignored: string[] = [];
  for (const [key, value] of Object.entries(objectOf(parameter, text))) {
    const setting = settingsByKey.get(key);
    if (setting === undefined || setting.projectFile === 'no' || setting.secret === true) {
      ignored.push(key);
    } else if (typeof value !== 'string' || setting.parse(value) === undefined) {
      throw invalid(parameter, `\`${key}\` is not ${setting.expects}`);
    } else {
      values[key] = value;
    }
  }
  if (values.domain === undefined) throw invalid(parameter, '`domain` is missing');
  return { values, ignored };
}

function objectOf(parameter: string, text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // A text that is not JSON is reported below.
  }
  throw invalid(parameter, 'the value is not a JSON object');
}

function invalid(parameter: string, reason: string): AwspipError {
  return new AwspipError('stack-settings-invalid', `the parameter \`${parameter}\` is not valid: ${reason}`, {
    exit: 'configuration',
    hint: 'deploy the stack again with this version of awspip',
  });
}
