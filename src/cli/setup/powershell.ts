import type { CompletionWords } from './completion-words.ts';
import { quotePowerShell } from './quote.ts';
import type { Starter } from './shims.ts';

/**
 * What PowerShell reads at its start. Node is called straight, not through `pip.cmd`: cmd.exe would take the `>` of
 * `requests>=2` for a redirection.
 */
export function powerShellInit(shimFolder: string, starter: Starter, words: CompletionWords): string {
  const [node, script] = starter.map(quotePowerShell);
  const verbs = Object.entries(words.verbs).map(
    ([verb, following]) => `  ${quotePowerShell(verb)} = @(${following.map(quotePowerShell).join(', ')})`,
  );
  return `# pip behind awspip, in PowerShell; made by \`awspip setup\`
$global:AwspipShims = ${quotePowerShell(shimFolder)}
if (($env:PATH -split [IO.Path]::PathSeparator) -notcontains $AwspipShims) {
  $env:PATH = $AwspipShims + [IO.Path]::PathSeparator + $env:PATH
}
function global:Invoke-Awspip {
  if ($MyInvocation.ExpectingInput) { $input | & ${node} ${script} @args } else { & ${node} ${script} @args }
}
foreach ($alias in 'pip', 'pip3') { if (Test-Path "Alias:$alias") { Remove-Item "Alias:$alias" -Force } }
function global:pip { Invoke-Awspip @args }
function global:pip3 { Invoke-Awspip @args }
function global:Invoke-AwspipPython {
  $interpreter, $rest = $args
  $rest = @($rest)
  if ($rest.Count -ge 2 -and $rest[0] -ceq '-m' -and $rest[1] -ceq 'pip') {
    $before = $env:AWSPIP_PYTHON
    $env:AWSPIP_PYTHON = $interpreter
    $pipArguments = @($rest | Select-Object -Skip 2)
    try { Invoke-Awspip @pipArguments } finally { $env:AWSPIP_PYTHON = $before }
  } else {
    & (Get-Command $interpreter -CommandType Application | Select-Object -First 1) @rest
  }
}
function global:python { Invoke-AwspipPython 'python' @args }
function global:python3 { Invoke-AwspipPython 'python3' @args }
$global:AwspipWords = @{
${verbs.join('\n')}
}
Register-ArgumentCompleter -Native -CommandName awspip, pip, pip3 -ScriptBlock {
  param($word, $line, $cursor)
  $typed = @($line.CommandElements | ForEach-Object { $_.ToString() })
  $before = @($typed | Select-Object -Skip 1 | Where-Object { $_ -ne $word })
  $verb = if ($before.Count -gt 0) { $before[0] } else { '' }
  $offered = @($AwspipWords[$verb])
  if ($word -like '-*') { $offered += @(${words.options.map(quotePowerShell).join(', ')}) }
  if ($verb -eq '' -or -not $AwspipWords.ContainsKey($verb)) {
    $env:PIP_AUTO_COMPLETE = 1; $env:COMP_WORDS = $line.ToString(); $env:COMP_CWORD = $before.Count + 1
    try {
      $own = Get-Command python3, python -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
      if ($own) { $offered += @((& $own -m pip 2>$null) -split '\\s+') }
    } finally { Remove-Item Env:PIP_AUTO_COMPLETE, Env:COMP_WORDS, Env:COMP_CWORD }
  }
  $offered | Where-Object { $_ -and $_ -like "$word*" } | Sort-Object -Unique
}
`;
}
