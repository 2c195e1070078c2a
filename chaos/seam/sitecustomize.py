"""Python runs this before anything else in a child of the harness; nothing of the product does.

Puts the planted fault in, if one is named. The product itself knows no switch for it.
"""

import os

if os.environ.get("CHAOS_PLANT"):
    from chaos import plants

    plants.plant(os.environ["CHAOS_PLANT"])
