"""Writes events.txt and events.aedat, the recordings that the tests read.

The formats are written here from their documentation, apart from the code under test: the text as
numpy.savetxt writes it, AEDAT 3.1 by the struct module. Run: python3 generate.py
"""

import struct

import numpy as np

COUNT = 5000
# Across 2**31 microseconds, where AEDAT's 31-bit time stamps begin anew.
START = 2**31 - 300_000


def event(i):
    return START + 131 * i + i % 7, (37 * i) % 346, (91 * i) % 260, int(i * i % 3 == 1)


events = np.array([event(i) for i in range(COUNT)], dtype=np.int64)

table = np.column_stack([events[:, 0] / 1e6, events[:, 1:]])
np.savetxt("events.txt", table, fmt=["%.6f", "%d", "%d", "%d"])


def packet(rows, overflow, capacity):
    header = struct.pack("<hhiiiiii", 1, 1, 8, 4, overflow, capacity, len(rows), len(rows))
    body = b"".join(
        struct.pack("<II", x << 17 | y << 2 | p << 1 | 1, t & 0x7FFFFFFF) for t, x, y, p in rows
    )
    return header + body + b"\0" * 8 * (capacity - len(rows))


with open("events.aedat", "wb") as file:
    file.write(b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DAVIS346\r\n")
    file.write(b"#Start-Time: 2020-01-01 00:00:00 (TZ+0000)\r\n#!END-HEADER\r\n")
    # A packet of special events, which a reader of polarities leaves out.
    file.write(struct.pack("<hhiiiiii", 0, 1, 8, 4, 0, 1, 1, 1) + struct.pack("<II", 0x3, 12345))
    rows = [tuple(int(v) for v in row) for row in events]
    for overflow in (0, 1):
        part = [row for row in rows if row[0] >> 31 == overflow]
        for first in range(0, len(part), 1000):
            file.write(packet(part[first : first + 1000], overflow, 1024))
