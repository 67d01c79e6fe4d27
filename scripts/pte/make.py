"""One template for all models of a geometry.

    python scripts/pte/make.py HF_FOLDER KIND TEMPLATES [--name NAME] [--context 1024]

HF_FOLDER needs config.json alone; weights in it are not read. KIND is 8da8w or 8da4w. TEMPLATES is a folder that may hold
others already. Environment as in export.py. Six to fourteen minutes on one core for the geometries in models/pte-templates (docs/log.md).
"""

import argparse
import os
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
cli = argparse.ArgumentParser()
cli.add_argument("folder")
cli.add_argument("kind", choices=["8da8w", "8da4w"])
cli.add_argument("templates")
cli.add_argument("--name")
cli.add_argument("--context", default="1024")
args = cli.parse_args()
name = args.name or os.path.basename(os.path.abspath(args.folder))

with tempfile.TemporaryDirectory() as work:
    run = lambda *command: subprocess.run([sys.executable, *command], check=True)
    run(f"{here}/export.py", args.folder, args.kind, f"{work}/model.pte", "--random", "1", "--context", args.context, "--fast")
    run(f"{here}/make-template.py", f"{work}/model.pte", args.folder, args.templates, name)
