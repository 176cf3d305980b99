"""Users of Chainlit's data layers, from the names that they had to those that both doors give them.

    python -m twodoor.migrate --users users.csv

Chainlit's own logins name users by an address, which changes and can go to somebody else. twodoor names them
`entra:<tenant id>:<object id>`. This renames them once, with their threads: in the tables of Chainlit's
SQLAlchemyDataLayer on SQLite and PostgreSQL, and in those of its ChainlitDataLayer on PostgreSQL (`DATABASE_URL`).
docs/chainlit/migration.md has the steps.

users_file.py reads who is who, plan.py decides, tables.py reads and writes, database.py connects, command.py is what a
person sees.
"""
