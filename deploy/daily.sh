#!/bin/sh
# Once a day, in this order: an archive, then deletion by age, then a look at everything.
# BACKUP_DIR is where archives go; those older than BACKUP_DAYS (30) are deleted.
set -u
cd "$(dirname "$0")/.."
failed=0
if [ -n "${BACKUP_DIR:-}" ]; then
    if .venv/bin/python -m commands.backup create "$BACKUP_DIR"; then
        find "$BACKUP_DIR" -maxdepth 1 -name 'an-ninh-*.tar.gz' -mtime "+${BACKUP_DAYS:-30}" -delete
    else
        # Old archives stay while no new one can be made.
        failed=1
    fi
fi
.venv/bin/python -m commands.reports retention || failed=1
.venv/bin/python -m commands.doctor --no-model || failed=1
exit "$failed"
