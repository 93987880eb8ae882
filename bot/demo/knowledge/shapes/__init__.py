"""How what is stored looks on the wire, as documented and as real servers send it."""
