import { expect, test } from 'vitest';
import { addCommandOf, readExecCommand } from '../../src/installers/exec-command.ts';
import { identifyInstaller } from '../../src/installers/installer.ts';
import { readInstallerRequest } from '../../src/installers/read-installer-request.ts';

const requestOf = (line: string) => {
  const { installer, args } = identifyInstaller(line.split(' '));
  return readInstallerRequest(installer.name, args, '/work');
};

test.each([
  ['uv pip install a b>=2', 'a b>=2'],
  ['uv --quiet pip install --python 3.12 --resolution lowest a -U', '--upgrade a'],
  ['uv pip install -r req.txt -c con.txt -e . --no-binary a', '--no-binary a -c con.txt -e . -r req.txt'],
  ['uv pip install -r pyproject.toml --extra x', '.[x]'],
  ['uv pip compile in.txt -o out.txt', '-r in.txt'],
  ['uv pip sync lock.txt', '-r lock.txt'],
  ['uv pip list', ''],
  ['uv pip install --index https://e.example/s a', '--extra-index-url https://e.example/s a'],
  ['uv pip install -fhttps://e.example a', '--find-links https://e.example a'],
  ['uv add --dev a --optional x b', 'a b'],
  ['uv run --with c,d>=1 python -m pip install zzz', 'c d>=1'],
  ['uv tool install ruff@0.3 --with x', 'ruff==0.3 x'],
  ['uv run --with c x.py --with d', 'c --requirements-from-script x.py'],
  ['uv run -s script a', '--requirements-from-script script'],
  ['uv run tool.x', ''],
  ['uv lock --script x.py', '--requirements-from-script x.py'],
  ['uv tool run --from a b -U', 'a'],
  ['uvx ruff@latest check', 'ruff'],
  ['uv python install 3.13', ''],
  ['pipx install a --pip-args x', 'a'],
  ['pipx run --spec a==1 b c', 'a==1'],
  ['pipx run a b', 'a'],
  ['pipx inject env a', 'a'],
  ['pipx list', ''],
  ['pip-compile -U --extra-index-url https://e.example a.in', '--extra-index-url https://e.example --upgrade -r a.in'],
  ['pip-sync a.txt', '-r a.txt'],
  ['pipenv install --dev a -e .', '-e . a'],
  ['pipenv run pip install zzz', ''],
  ['poetry add a@^1 b[x]@latest --group dev', 'a b[x]'],
  ['poetry run pip install zzz', ''],
  ['pip install a', 'install a'],
  ['tox -e py', ''],
  ['make install', ''],
])('%s requests: %s', (line, pip) => expect(requestOf(line).pip.join(' ')).toBe(pip));

test('the folder of the project, and whether its lock file is kept', () => {
  expect(requestOf('uv sync')).toMatchObject({ project: '/work', keepsLock: true });
  expect(requestOf('uv sync --project sub')).toMatchObject({ project: '/work/sub' });
  expect(requestOf('uv lock --upgrade')).toMatchObject({ keepsLock: false });
  expect(requestOf('uv lock -P a')).toMatchObject({ keepsLock: false });
  expect(requestOf('uv run --no-project x').project).toBeUndefined();
  expect(requestOf('uv pip install a').project).toBeUndefined();
  expect(requestOf('uv run sub/x.py --script y').script).toBe('/work/sub/x.py');
  expect(requestOf('uv run --directory sub x.py').script).toBe('/work/sub/x.py');
  const pip = ['--requirements-from-script', 'x.py', 'a'];
  expect(requestOf('uv add --script x.py a')).toMatchObject({ script: '/work/x.py', pip });
  expect(requestOf('uv run pytest').script).toBeUndefined();
  expect(requestOf('poetry update')).toMatchObject({ project: '/work', keepsLock: false });
  expect(requestOf('pipenv sync')).toMatchObject({ project: '/work', keepsLock: true });
  expect(requestOf('uv pip compile a.in -o out/b.txt').outputs).toEqual(['/work/out/b.txt']);
});

test.each([
  ['uv pip install a', 'exec -- uv pip install'],
  ['uv sync', 'exec -- uv add'],
  ['uv run inline.py', 'vet'],
  ['uv run --script inline', 'vet'],
  ['uv tool install a', 'exec -- uv tool install'],
  ['poetry install', 'exec -- poetry add'],
  ['tox', 'vet'],
])('the command that adds a project after %s', (line, command) =>
  expect(addCommandOf(readExecCommand(line.split(' '), '/work'))).toBe(command),
);
