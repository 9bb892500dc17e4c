"""EventBridge's API operations, by what they are about."""

from mocklambda.services.events.operations import buses, putting, rules, tags, targets
from mocklambda.services.service import operation_table

OPERATIONS = {
    **operation_table(vars(buses)),
    **operation_table(vars(rules)),
    **operation_table(vars(targets)),
    **operation_table(vars(putting)),
    **operation_table(vars(tags)),
}
