"""`python -m connectors.zalo`: the operator's commands."""

from connectors.zalo.operator import app

app(prog_name="zalo")
