"""The Information Providing Network System (情報提供ネットワークシステム, 法2条14項, 21条).

Holds: one secret scalar per institution and epoch, tables, permits, records without person handle,
the log, the directory.
Never holds: individual numbers, resident codes, names, codes in clear, content.
May ask: nobody.
"""
