/** A project with a build backend of its own, so that it needs no release to be built. */
export const ownProject = (name: string, requires = 'toxic', entryPoint = '') => ({
  'pyproject.toml': `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n\n[project]\nname = "${name}"\nversion = "0.1"\ndependencies = ["${requires}"]\n`,
  'backend.py': `import io, os, tarfile, zipfile
info = "${name}-0.1.dist-info/"
files = {info + "METADATA": "Metadata-Version: 2.1\\nName: ${name}\\nVersion: 0.1\\nRequires-Dist: ${requires}\\n",
  info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n", info + "RECORD": "",
  info + "entry_points.txt": ${JSON.stringify(entryPoint)}, "${name}.py": "def main(): pass\\n"}
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "${name}-0.1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        for file, text in files.items(): archive.writestr(file, text)
    return name
build_editable = build_wheel
def build_sdist(sdist_directory, config_settings=None):
    name = "${name}-0.1.tar.gz"
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz") as archive:
        for file in ["pyproject.toml", "backend.py"]: archive.add(file, "${name}-0.1/" + file)
        text = files[info + "METADATA"].encode()
        item = tarfile.TarInfo("${name}-0.1/PKG-INFO"); item.size = len(text)
        archive.addfile(item, io.BytesIO(text))
    return name
`,
});

/** A stand-in for setuptools: it builds a project that only has a `setup.py`. */
export const legacyBackend = `import os, re, zipfile
class __legacy__:
    @staticmethod
    def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
        text = open("setup.py").read()
        name = re.search(r"name=['\\"]([\\w-]+)", text).group(1).replace("-", "_")
        file = name + "-0.0.0-py3-none-any.whl"
        info = name + "-0.0.0.dist-info/"
        with zipfile.ZipFile(os.path.join(wheel_directory, file), "w") as archive:
            archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: " + name + "\\nVersion: 0.0.0\\n")
            archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
            archive.writestr(info + "RECORD", "")
        return file
build_wheel = __legacy__.build_wheel
`;
