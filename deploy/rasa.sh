#!/bin/sh
# Rasa with the Zalo channel, with the model of the present data.
set -eu
cd "$(dirname "$0")/.."
exec .venv/bin/python -m rasa run --interface "${RASA_HOST:-127.0.0.1}" --port "${RASA_PORT:-5005}" \
    --model "$(.venv/bin/python -m commands.model path)" \
    --endpoints "${RASA_ENDPOINTS:-endpoints.yml}" --credentials credentials.yml
