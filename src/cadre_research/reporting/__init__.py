"""How findings reach people: figures, tables, sentences, notebooks and the published report."""
