import subprocess
import sys

import wpslab.widgets


def test_importing_the_package_loads_no_widget_machinery():
    heavy = "('anywidget', 'azure', 'websockets')"
    script = f"import sys, wpslab.widgets; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_everything_exported_is_there():
    assert all(hasattr(wpslab.widgets, name) for name in wpslab.widgets.__all__)
    assert set(wpslab.widgets.__all__) <= set(dir(wpslab.widgets))
    assert not hasattr(wpslab.widgets, "Nothing")
