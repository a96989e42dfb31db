import type { CompletionTable } from '../completion/types.ts';
import { quotePowerShell } from './quote.ts';
import type { Starter } from './shims.ts';

/**
 * Returns what PowerShell reads when it starts. It calls Node directly and not through `pip.cmd`, because cmd.exe would
 * read the `>` of `requests>=2` as a redirection.
 *
 * The byte order mark is there for Windows PowerShell 5.1, which would not read the file as UTF-8 without it.
 */
export function powerShellInit(shimFolder: string, starter: Starter, table: CompletionTable): string {
  const awspip = starter.map(quotePowerShell).join(' ');
  return `\ufeff# runs pip through awspip in PowerShell; written by \`awspip setup\`
$global:AwspipShims = ${quotePowerShell(shimFolder)}
if (($env:PATH -split [IO.Path]::PathSeparator) -notcontains $AwspipShims) {
  $env:PATH = $AwspipShims + [IO.Path]::PathSeparator + $env:PATH
}
'pip', 'pip3' | ForEach-Object { if (Test-Path "Alias:$_") { Remove-Item "Alias:$_" -Force } }
${pip('pip', awspip)}
${pip('pip3', awspip)}
${python('python', awspip)}
${python('python3', awspip)}
${completion(awspip, table)}`;
}

/** PowerShell passes `a,b` as an array, so the code joins arrays with commas. */
const typed = `$typed = @(foreach ($word in $args) { if ($word -is [array]) { $word -join ',' } else { $word } })`;

/** Returns a call that passes the function's input on. PowerShell does not do that by default. */
function withInput(command: string): string {
  return `if ($MyInvocation.ExpectingInput) { $input | & ${command} @typed } else { & ${command} @typed }`;
}

function pip(name: string, awspip: string): string {
  return `function global:${name} {
  ${typed}
  ${withInput(awspip)}
}`;
}

function python(name: string, awspip: string): string {
  return `function global:${name} {
  ${typed}
  if ($typed.Count -ge 2 -and $typed[0] -ceq '-m' -and $typed[1] -ceq 'pip') {
    $typed = @($typed | Select-Object -Skip 2)
    $before = $env:AWSPIP_PYTHON
    $env:AWSPIP_PYTHON = '${name}'
    try { ${withInput(awspip)} } finally { $env:AWSPIP_PYTHON = $before }
  } else {
    $program = Get-Command ${name} -CommandType Application -ErrorAction Stop | Select-Object -First 1
    ${withInput('$program')}
  }
}`;
}

/**
 * Returns completion. `-Native` completers also serve functions without parameters. PowerShell inserts their words
 * unquoted, so a file named `$(…)` is not offered. awspip starts pip, so that a `pip.py` in the current folder does
 * not run.
 */
function completion(awspip: string, { contexts, ownOptions }: CompletionTable): string {
  const list = (items: readonly string[]) => `@(${items.map(quotePowerShell).join(', ')})`;
  const rows = [...contexts].map(([key, { words, options }]) => {
    const following = [...words, ...options].map(({ word }) => word);
    return `  ${quotePowerShell(key)} = ${list(following)}`;
  });
  const options = ownOptions.map(({ word }) => `${word}=`);
  return `$global:AwspipWords = @{
${rows.join('\n')}
}
Register-ArgumentCompleter -Native -CommandName 'awspip', 'pip', 'pip3' -ScriptBlock {
  param($word, $line, $cursor)
  $before = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.ToString() })
  $verb = if ($before.Count -gt 0) { $before[0] } else { '' }
  $offered = @($AwspipWords[$verb])
  if ($word -like '-*') { $offered += ${list(options)} }
  if ($verb -eq '' -or -not $AwspipWords.ContainsKey($verb)) {
    $env:PIP_AUTO_COMPLETE = '1'; $env:COMP_WORDS = "pip $before $word"; $env:COMP_CWORD = [string]($before.Count + 1)
    try { $offered += @((& ${awspip} 2>$null) -split '\\s+') } finally {
      Remove-Item 'Env:PIP_AUTO_COMPLETE', 'Env:COMP_WORDS', 'Env:COMP_CWORD' -ErrorAction SilentlyContinue
    }
  }
  $offered | Where-Object { $_ -match '^[\\w./=+,@:~-]+$' -and $_.StartsWith($word) } | Sort-Object -Unique
}
`;
}
