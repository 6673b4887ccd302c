"""An executor for MiroFish's graph builds: `runyard serve --tasks tasks --app tasks/_app.py`."""

from collections import Counter
from pathlib import Path
from typing import Any

import runyard


@runyard.executor("graph_build")
def graph_build(config: dict[str, Any], context: runyard.Context) -> dict[str, Any]:
    """Words are nodes, neighbours are edges; a real one would ask a graph service."""
    text = Path(context.params["text_file"]).read_text(encoding="utf-8")
    size = config["chunk_size"]
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    nodes: Counter[str] = Counter()
    edges = 0
    for number, chunk in enumerate(chunks, start=1):
        words = chunk.split()
        nodes.update(words)
        edges += max(0, len(words) - 1)
        done = f"第 {number}/{len(chunks)} 批"
        runyard.progress(15 + 40 * number / len(chunks), done, batch=number)
    return {
        "project_id": config["project_id"],
        "graph_id": f"graph_{context.run_id}",
        "node_count": len(nodes),
        "edge_count": edges,
        "chunk_count": len(chunks),
    }
