"""The command `plenish`: what the UI does, for cron and for people.

`app` names the commands; the modules beside it do them and are imported when they are asked for.
"""
